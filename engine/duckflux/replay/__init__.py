"""Builds runs on earlier ones: resume, replay, mocks, and stopping after a step. All of them are controllers."""
