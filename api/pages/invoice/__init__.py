"""The pages of one invoice: its detail, the forms of its commands, and the edit of a draft."""
