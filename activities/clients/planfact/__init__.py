"""The client of PlanFact."""
