"""Pure rules, one package for each domain: no I/O, no clock, no Temporal."""
