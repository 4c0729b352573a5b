"""The signature of an act by a person with an E-IMZO key."""
