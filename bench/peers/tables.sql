-- The tables of a plain seat shop: a row for each seat, a counter for each tier.
CREATE TABLE venue (venue_id int PRIMARY KEY, name text NOT NULL, city text NOT NULL);
CREATE TABLE event (
    event_id int PRIMARY KEY, venue_id int NOT NULL REFERENCES venue, name text NOT NULL, starts_at timestamptz NOT NULL
);
CREATE INDEX event_by_start ON event (starts_at, event_id);
CREATE TABLE tier (
    tier_id int PRIMARY KEY, event_id int NOT NULL REFERENCES event, name text NOT NULL, price int NOT NULL, available int NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX tier_of_event ON tier (event_id);
CREATE TABLE booking (
    booking_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int NOT NULL, event_id int NOT NULL REFERENCES event,
    total int NOT NULL, expires_at timestamptz NOT NULL
);
CREATE TABLE seat (
    seat_id int PRIMARY KEY, event_id int NOT NULL REFERENCES event, tier_id int NOT NULL REFERENCES tier, section text NOT NULL,
    row_label text NOT NULL, number int NOT NULL, price int NOT NULL,
    status text NOT NULL DEFAULT 'AVAILABLE' CHECK (status IN ('AVAILABLE', 'HELD', 'BOOKED')), booking_id bigint REFERENCES booking
) WITH (fillfactor = 70);
CREATE INDEX seat_of_event ON seat (event_id, seat_id);
