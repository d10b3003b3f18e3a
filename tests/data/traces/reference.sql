CREATE TABLE executions (
  id TEXT PRIMARY KEY,
  workflow_id TEXT,
  workflow_name TEXT,
  workflow_version TEXT,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  duration_ms INTEGER,
  status TEXT NOT NULL,
  inputs TEXT,
  output TEXT
);
CREATE TABLE steps (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  execution_id TEXT NOT NULL REFERENCES executions(id),
  seq INTEGER NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT,
  duration_ms INTEGER,
  status TEXT NOT NULL,
  input TEXT,
  output TEXT,
  error TEXT,
  retries INTEGER,
  loop_index INTEGER
);
INSERT INTO executions VALUES ('5e3c6f0e-90a1-4f6b-8e0b-2f1d6a7f4c11', 'release', 'Release', '3', '2026-03-01T10:00:00.000Z', '2026-03-01T10:00:01.703Z', 1703, 'success', '{"target":"prod"}', '["ok\n",""]');
INSERT INTO steps VALUES (NULL, '5e3c6f0e-90a1-4f6b-8e0b-2f1d6a7f4c11', 1, 'build', 'exec', '2026-03-01T10:00:00.002Z', '2026-03-01T10:00:00.340Z', 338, 'success', NULL, 'built
3 files
', NULL, NULL, NULL);
INSERT INTO steps VALUES (NULL, '5e3c6f0e-90a1-4f6b-8e0b-2f1d6a7f4c11', 2, 'set', 'set', '2026-03-01T10:00:00.341Z', '2026-03-01T10:00:00.341Z', 0, 'success', '{"tag":"''v'' + workflow.version"}', '{"tag":"v3"}', NULL, NULL, NULL);
INSERT INTO steps VALUES (NULL, '5e3c6f0e-90a1-4f6b-8e0b-2f1d6a7f4c11', 4, 'test', 'exec', '2026-03-01T10:00:00.342Z', '2026-03-01T10:00:00.900Z', 558, 'success', 'built
3 files
', '{"passed":12,"failed":0}', NULL, 1, 0);
INSERT INTO steps VALUES (NULL, '5e3c6f0e-90a1-4f6b-8e0b-2f1d6a7f4c11', 5, 'test', 'exec', '2026-03-01T10:00:00.900Z', '2026-03-01T10:00:01.400Z', 500, 'success', '{"passed":12,"failed":0}', '{"passed":12,"failed":0}', NULL, NULL, 1);
INSERT INTO steps VALUES (NULL, '5e3c6f0e-90a1-4f6b-8e0b-2f1d6a7f4c11', 3, 'round', 'loop', '2026-03-01T10:00:00.342Z', '2026-03-01T10:00:01.400Z', 1058, 'success', NULL, '{"passed":12,"failed":0}', NULL, NULL, NULL);
INSERT INTO steps VALUES (NULL, '5e3c6f0e-90a1-4f6b-8e0b-2f1d6a7f4c11', 7, 'lint', 'exec', '2026-03-01T10:00:01.401Z', '2026-03-01T10:00:01.500Z', 99, 'success', '{"passed":12,"failed":0}', 'ok
', NULL, NULL, NULL);
INSERT INTO steps VALUES (NULL, '5e3c6f0e-90a1-4f6b-8e0b-2f1d6a7f4c11', 8, '<anonymous>', 'exec', '2026-03-01T10:00:01.401Z', '2026-03-01T10:00:01.640Z', 239, 'success', '{"passed":12,"failed":0}', '', NULL, NULL, NULL);
INSERT INTO steps VALUES (NULL, '5e3c6f0e-90a1-4f6b-8e0b-2f1d6a7f4c11', 6, 'parallel', 'parallel', '2026-03-01T10:00:01.401Z', '2026-03-01T10:00:01.640Z', 239, 'success', NULL, '["ok\n",""]', NULL, NULL, NULL);
INSERT INTO steps VALUES (NULL, '5e3c6f0e-90a1-4f6b-8e0b-2f1d6a7f4c11', 10, 'notify', 'exec', '2026-03-01T10:00:01.641Z', '2026-03-01T10:00:01.702Z', 61, 'skipped', '["ok\n",""]', NULL, 'Command failed with exit code 127
sh: notify: not found', NULL, NULL);
INSERT INTO steps VALUES (NULL, '5e3c6f0e-90a1-4f6b-8e0b-2f1d6a7f4c11', 9, 'if', 'if', '2026-03-01T10:00:01.641Z', '2026-03-01T10:00:01.702Z', 61, 'success', '{"condition":"workflow.inputs.target == ''prod''"}', '["ok\n",""]', NULL, NULL, NULL);
INSERT INTO steps VALUES (NULL, '5e3c6f0e-90a1-4f6b-8e0b-2f1d6a7f4c11', 11, 'notify', 'exec', '2026-03-01T10:00:01.702Z', '2026-03-01T10:00:01.702Z', 0, 'skipped', NULL, NULL, NULL, NULL, NULL);
