"""The schedules of workflows that have no other client: the mailbox, the summary, the snapshot, the sweep of orders."""
