"""What doctor makes of the facts: pure judgements, one module for each subject (CP §7.1)."""
