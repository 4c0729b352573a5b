"""From the preview of an invoice to its draft: the preview of an edited result, and the draft itself."""
