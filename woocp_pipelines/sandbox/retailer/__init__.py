"""The invented retailer Tallow Creek Supply: packaging, paper and office goods, Lake County, Ohio.

Data only, in the shapes of Counterpoint and of the store, kept consistent with each other. No code,
name or percentage of it belongs to any real retailer.
"""
