"""Rasa graph components: safety triage, the safety policy, sentence features."""
