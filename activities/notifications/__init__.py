"""The notices to Telegram: what is stored, how it is worded, and how it is sent."""
