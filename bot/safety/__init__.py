"""What must never be missed in a patient's message: hard rules, no model. Start at triage.py."""
