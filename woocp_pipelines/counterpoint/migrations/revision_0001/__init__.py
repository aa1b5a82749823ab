"""What revision 0001 needs: its tables, its indexes, and the judgement of the retailer's rows."""
