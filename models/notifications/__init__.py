"""Notices to the chats of the finance team: what is told, when several are told in one message, and their length."""
