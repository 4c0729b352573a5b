"""The workflows of the notices to Telegram."""
