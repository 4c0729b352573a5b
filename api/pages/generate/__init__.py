"""The generator: choose a contract and a period, edit the prefill result, review the page, make the draft."""
