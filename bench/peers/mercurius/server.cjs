// A seat shop with Fastify and Mercurius: its compiler on from the second request, loaders for what belongs to an event, tokens by
// @fastify/jwt, and subscriptions through Redis.
'use strict'
const { readFileSync } = require('node:fs')
const { GraphQLScalarType } = require('graphql')
const shop = require('./shop.cjs')

const { PORT, REDIS_URL, JWT_SECRET, SCHEMA } = process.env
const topicOf = eventId => `seats/${Number(eventId)}`
const uncached = (load, key) => ({ loader: queries => load(queries.map(query => query.obj[key])), opts: { cache: false } })

async function holdSeats (_, { eventId, seatIds }, { reply, pubsub }) {
  const { sub } = await reply.request.jwtVerify()
  const ids = [...new Set(seatIds.map(Number))]
  const hold = await shop.holdSeats(Number(sub), Number(eventId), ids)
  if (hold.ok) {
    const changes = ids.map(seatId => ({ seatId, status: 'HELD' }))
    await pubsub.publish({ topic: topicOf(eventId), payload: { seatsChanged: { changes, availableSeats: hold.available } } })
  }
  return hold
}

const app = require('fastify')()
app.register(require('@fastify/jwt'), { secret: JWT_SECRET })
app.register(require('mercurius'), {
  schema: readFileSync(SCHEMA, 'utf8'),
  resolvers: {
    DateTime: new GraphQLScalarType({ name: 'DateTime', serialize: date => date.toISOString() }),
    Query: {
      events: (_, { first }) => shop.events(Math.min(first, 100)),
      event: (_, { id }) => shop.event(Number(id))
    },
    Mutation: { holdSeats },
    Subscription: { seatsChanged: { subscribe: (_, { eventId }, { pubsub }) => pubsub.subscribe(topicOf(eventId)) } }
  },
  loaders: {
    Event: {
      venue: uncached(shop.venues, 'venueId'),
      tiers: uncached(shop.tiers, 'id'),
      sections: uncached(shop.sections, 'id')
    }
  },
  jit: 1,
  subscription: {
    emitter: require('mqemitter-redis')(
      REDIS_URL.startsWith('unix://') ? { path: decodeURIComponent(REDIS_URL.slice('unix://'.length)) } : { connectionString: REDIS_URL }
    )
  }
})
app.get('/ready', async () => 'yes')
app.listen({ port: Number(PORT), host: '127.0.0.1' })
