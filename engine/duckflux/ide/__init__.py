"""What an editor shows of a workflow, as data: no module here knows a protocol."""
