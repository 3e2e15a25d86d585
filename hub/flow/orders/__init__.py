"""What happens to an order after it arrived: its status, approval, shipments, invoices, changes and receipts, one verb per file."""
