"""Pictures, maps, tables and charts that stand still."""
