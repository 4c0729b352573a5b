"""The events that other systems and people are told about, and the feed that carries them.

Every change of an invoice is recorded in `invoice_events` together with its row. A trigger puts each new event into
`event_feed`; the workflow `EventFeed` gives the events their positions, in the order in which they were committed, and
passes them on to the consumers (docs/decisions/0024-events-are-published-from-the-audit-trail.md).

How a consumer is added:

1. Write a class with the attributes of `EventConsumer` (activities/events/feed.py) in the domain that delivers:
   `name` is the key of its cursor in `event_cursors` and never changes; `store` writes what has to be delivered, in the
   transaction that moves the cursor, so an event is stored exactly once; `start_deliveries` is called after that
   transaction and in each later look, and starts what is stored and not started yet.
2. Use `public_events` (payloads.py) to get the event types of a recorded event, each with its id and its data. One that
   means nothing outside has none. New types are added to the table in event_types.py.
3. Add the consumer to `consumers` in activities/wiring.py. Its cursor begins at the newest event, so it gets what is
   recorded from then on.
4. Let the delivery be a workflow of its own with retries of its own. A consumer whose `store` or `start_deliveries`
   fails holds up no other consumer, but it gets no further event until it succeeds.
"""
