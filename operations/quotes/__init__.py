"""The commands `aktum quotes`: listing, showing, sending, revising, withdrawing and converting quotes."""
