"""The Telegram sandbox."""
