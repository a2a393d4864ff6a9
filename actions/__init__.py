"""Rasa custom actions: tracker in, reply out. All thinking is in bot/."""
