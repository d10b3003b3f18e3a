"""The flow diagram: a workflow's structure as a picture or a graph, which the results of a run may color."""
