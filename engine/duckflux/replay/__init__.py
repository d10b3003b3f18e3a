"""Runs that build on an earlier one: resume, replay, mocks, and stopping early. All of them are controllers."""
