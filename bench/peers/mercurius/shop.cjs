// What the shop asks of PostgreSQL: statements with names, which `pg` prepares once on each connection.
'use strict'
const pg = require('pg')

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL) })

const ask = async (client, name, text, values) => (await client.query({ name, text, values })).rows

const EVENT = `SELECT event_id AS id, venue_id AS "venueId", name, starts_at AS "startsAt",
  (SELECT sum(available)::int FROM tier WHERE tier.event_id = event.event_id) AS "availableSeats" FROM event`

const events = first => ask(pool, 'events', `${EVENT} ORDER BY starts_at, event_id LIMIT $1`, [first])

const event = async id => (await ask(pool, 'event', `${EVENT} WHERE event_id = $1`, [id]))[0]

function byEvent (rows) {
  const groups = new Map()
  for (const row of rows) {
    const group = groups.get(row.event_id)
    if (group) group.push(row)
    else groups.set(row.event_id, [row])
  }
  return groups
}

// These three are for loaders: one answer for each id, in the order of the ids.

async function venues (ids) {
  const rows = await ask(pool, 'venues', 'SELECT venue_id AS id, name, city FROM venue WHERE venue_id = ANY($1)', [[...new Set(ids)]])
  const found = new Map(rows.map(row => [row.id, row]))
  return ids.map(id => found.get(id))
}

async function tiers (ids) {
  const rows = await ask(pool, 'tiers',
    'SELECT event_id, name, price, available FROM tier WHERE event_id = ANY($1) ORDER BY tier_id', [ids])
  const groups = byEvent(rows)
  return ids.map(id => groups.get(id) ?? [])
}

async function sections (ids) {
  const rows = await ask(pool, 'seats', `SELECT seat_id AS id, event_id, section, row_label, number, status, price
    FROM seat WHERE event_id = ANY($1) ORDER BY event_id, seat_id`, [ids])
  const groups = byEvent(rows)
  return ids.map(id => inSections(groups.get(id) ?? []))
}

// Seats come section by section and row by row.
function inSections (seats) {
  const sections = []
  let section, row
  for (const seat of seats) {
    if (section?.name !== seat.section) {
      section = { name: seat.section, rows: [] }
      sections.push(section)
      row = undefined
    }
    if (row?.label !== seat.row_label) {
      row = { label: seat.row_label, seats: [] }
      section.rows.push(row)
    }
    row.seats.push(seat)
  }
  return sections
}

// All of the seats or none, in one transaction. Rows are locked in the order of their ids, so that two holds never wait for each other.
async function holdSeats (userId, eventId, ids) {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const seats = await ask(client, 'lock', `SELECT seat_id, tier_id, price FROM seat
      WHERE event_id = $1 AND seat_id = ANY($2) AND status = 'AVAILABLE' ORDER BY seat_id FOR UPDATE`, [eventId, ids])
    if (seats.length !== ids.length) {
      await client.query('ROLLBACK')
      return { ok: false, message: 'Not all of these seats are available.' }
    }
    const total = seats.reduce((sum, seat) => sum + seat.price, 0)
    const [{ booking_id: bookingId }] = await ask(client, 'book', `INSERT INTO booking (user_id, event_id, total, expires_at)
      VALUES ($1, $2, $3, now() + interval '300 s') RETURNING booking_id`, [userId, eventId, total])
    await ask(client, 'hold', "UPDATE seat SET status = 'HELD', booking_id = $1 WHERE seat_id = ANY($2)", [bookingId, ids])
    const taken = new Map()
    for (const { tier_id: tierId } of seats) taken.set(tierId, (taken.get(tierId) ?? 0) + 1)
    for (const [tierId, count] of [...taken].sort(([a], [b]) => a - b)) {
      await ask(client, 'take', 'UPDATE tier SET available = available - $2 WHERE tier_id = $1', [tierId, count])
    }
    const [{ available }] = await ask(client, 'left', 'SELECT sum(available)::int AS available FROM tier WHERE event_id = $1', [eventId])
    await client.query('COMMIT')
    return { ok: true, bookingId, total, available }
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

module.exports = { events, event, venues, tiers, sections, holdSeats }
