"""The sandbox of PlanFact."""
