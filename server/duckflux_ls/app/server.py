"""Creates the server with all its requests."""

from __future__ import annotations

from ..requests import (
    call_hierarchy,
    code_action,
    code_lens,
    comparison_commands,
    completion,
    debug_commands,
    declaration,
    definition,
    diagnostic,
    diagram_commands,
    did_change_configuration,
    did_change_trust,
    did_change_watched_files,
    did_change_workspace_folders,
    document_highlight,
    document_link,
    document_symbol,
    document_sync,
    evaluation_commands,
    folding_range,
    formatting,
    hover,
    initialize,
    inlay_hint,
    linked_editing_range,
    on_type_formatting,
    pin_commands,
    prepare_rename,
    range_formatting,
    references,
    rename,
    run_commands,
    scratch_commands,
    selection_range,
    semantic_tokens,
    shutdown,
    signature_help,
    test_commands,
    text_document_content,
    trace_commands,
    type_definition,
    will_rename_files,
    workspace_diagnostic,
    workspace_symbol,
)
from .language_server import DuckfluxServer

_REQUESTS = (
    *(initialize, shutdown, document_sync, diagnostic, workspace_diagnostic),
    *(did_change_configuration, did_change_trust, did_change_watched_files, did_change_workspace_folders),
    *(document_symbol, folding_range, selection_range, code_action, inlay_hint, semantic_tokens),
    *(formatting, range_formatting, on_type_formatting),
    *(definition, declaration, type_definition, references, document_highlight, linked_editing_range),
    *(prepare_rename, rename, will_rename_files, code_lens, document_link),
    *(workspace_symbol, call_hierarchy, completion, signature_help, hover, evaluation_commands),
    *(run_commands, trace_commands, comparison_commands, pin_commands, scratch_commands, diagram_commands),
    *(test_commands, debug_commands, text_document_content),
)


def create_server() -> DuckfluxServer:
    """Return a server that answers all its requests, ready to be started."""
    server = DuckfluxServer()
    for request in _REQUESTS:
        request.register(server, server.state)
    return server
