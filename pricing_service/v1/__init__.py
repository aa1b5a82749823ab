"""The second shape of the prices, under /api/v1: for new callers, beside CP §5.8.

Read in this order: `models` (what is asked and answered), `asking` (for whom, for what), `answers`
(one result as JSON), `routes`. `openapi` describes both shapes from their models.
"""
