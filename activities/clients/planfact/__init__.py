"""The client of PlanFact, the management accounting system."""
