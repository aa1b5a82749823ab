"""What doctor asks Counterpoint's database: reading only, each question on its own.

The answers are judged in rules/doctor; what is asked in which order is flows/doctor.
"""
