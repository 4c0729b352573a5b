"""Reports of payouts to installers and of margins, for managers: JSON, CSV and XLSX."""
