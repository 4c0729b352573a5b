"""Orders of partners: what they hold, their statuses, who may change them, and the log of every change."""
