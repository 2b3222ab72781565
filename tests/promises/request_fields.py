"""Every field of every request message, and the test that shows what it does. A field without a row fails a test.

A row is "Message.field": the name of a test in this folder. A field that means the same in every
message has one row for all, with a test that goes through all of them.
"""

SAME_EVERYWHERE = {
    "session_id": "test_every_request_about_a_session_is_about_the_one_that_it_names",
    "operation_id": "test_every_request_with_an_operation_is_about_the_one_that_it_names",
    "socket_id": "test_every_request_with_a_socket_is_about_the_one_that_it_names",
}

EFFECTS = {
    "AcknowledgeEventsRequest.sequence": (
        "test_an_id_at_or_below_what_was_acknowledged_is_retired_and_sends_nothing"
    ),
    "AttachRequest.acknowledge": "test_an_attachment_acknowledges_releases_and_cancels_as_the_methods_do",
    "AttachRequest.boot_id": (
        "test_a_session_of_an_agent_that_was_killed_is_lost_at_the_first_contact_with_the_next"
    ),
    "AttachRequest.cancels": "test_an_attachment_acknowledges_releases_and_cancels_as_the_methods_do",
    "AttachRequest.commands": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "AttachRequest.releases": "test_an_attachment_acknowledges_releases_and_cancels_as_the_methods_do",
    "AttachRequest.start_after": "test_the_newest_attachment_wins_and_goes_on_where_it_says",
    "BindRequest.local": "test_a_bind_and_a_connect_take_the_local_address_that_they_are_given",
    "CloseRequest.graceful": "test_a_graceful_close_sends_a_fin_where_another_resets",
    "CloseRequest.timeout": "test_every_timeout_is_kept",
    "Command.bind": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.close": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.connect": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.create_socket": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.disconnect": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.receive": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.send": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.set_event_callbacks": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "ConnectRequest.callbacks": "test_a_connection_gives_the_indications_that_its_connect_asked_for",
    "ConnectRequest.initial_data": (
        "test_a_connect_that_comes_again_connects_once_even_when_the_socket_is_closed"
    ),
    "ConnectRequest.local": "test_a_bind_and_a_connect_take_the_local_address_that_they_are_given",
    "ConnectRequest.remote": "test_a_connect_goes_to_the_host_and_the_port_that_it_names",
    "ConnectRequest.spec": "test_a_connect_without_a_spec_needs_the_socket_that_it_names",
    "ConnectRequest.timeout": "test_every_timeout_is_kept",
    "CreateSocketRequest.spec": "test_a_socket_is_of_the_category_and_the_family_that_were_asked_for",
    "DisconnectRequest.abort_on_timeout": (
        "test_an_escalated_disconnect_and_what_it_aborts_are_told_of_the_deadline"
    ),
    "DisconnectRequest.final_data": "test_a_disconnect_sends_its_final_data_and_ends_in_its_mode",
    "DisconnectRequest.mode": "test_a_disconnect_sends_its_final_data_and_ends_in_its_mode",
    "DisconnectRequest.timeout": "test_every_timeout_is_kept",
    "DrainRequest.grace_period": "test_a_drain_gives_the_grace_period_that_was_asked_for",
    "Endpoint.host": "test_a_connect_goes_to_the_host_and_the_port_that_it_names",
    "Endpoint.port": "test_a_connect_goes_to_the_host_and_the_port_that_it_names",
    "EventCallbacks.credit_bytes": (
        "test_a_client_that_releases_nothing_holds_the_peer_up_and_loses_nothing"
    ),
    "EventCallbacks.enable": "test_a_connection_gives_the_indications_that_its_connect_asked_for",
    "EventFilter.kinds": "test_a_filter_passes_the_sockets_and_the_kinds_that_it_names",
    "EventFilter.socket_ids": "test_a_filter_passes_the_sockets_and_the_kinds_that_it_names",
    "ListOperationsRequest.after_operation_id": "test_operations_are_listed_as_asked",
    "ListOperationsRequest.page_size": "test_operations_are_listed_as_asked",
    "ListOperationsRequest.pending_only": "test_operations_are_listed_as_asked",
    "ListSocketsRequest.after_socket_id": "test_sockets_are_listed_as_asked",
    "ListSocketsRequest.page_size": "test_sockets_are_listed_as_asked",
    "OpenSessionRequest.label": "test_a_session_is_as_it_was_asked_for",
    "OpenSessionRequest.lease_duration": "test_a_session_is_as_it_was_asked_for",
    "OpenSessionRequest.request_id": ("test_a_session_is_opened_once_for_one_request_id_as_long_as_it_lives"),
    "OpenSessionRequest.retention": "test_a_session_is_as_it_was_asked_for",
    "ReceiveRequest.drain": "test_a_receive_takes_shows_or_throws_away_what_it_was_told_to",
    "ReceiveRequest.length": "test_a_receive_takes_shows_or_throws_away_what_it_was_told_to",
    "ReceiveRequest.peek": "test_a_receive_takes_shows_or_throws_away_what_it_was_told_to",
    "ReceiveRequest.timeout": "test_every_timeout_is_kept",
    "ReceiveRequest.wait_all": "test_a_receive_takes_shows_or_throws_away_what_it_was_told_to",
    "ReleaseRequest.accepted_bytes": "test_a_release_gives_back_what_it_says",
    "ReleaseRequest.sequence": "test_a_release_gives_back_what_it_says",
    "SendRequest.data": "test_a_send_that_comes_again_and_again_leaves_once",
    "SendRequest.level": "test_an_acknowledged_send_waits_for_the_peer_where_a_written_one_does_not",
    "SendRequest.stream_offset": "test_a_send_at_another_offset_than_the_next_is_refused",
    "SendRequest.timeout": "test_every_timeout_is_kept",
    "SetEventCallbacksRequest.credit_bytes": "test_indications_and_credit_change_as_asked",
    "SetEventCallbacksRequest.disable": "test_no_data_is_indicated_behind_the_completion_that_disabled_it",
    "SetEventCallbacksRequest.enable": "test_indications_and_credit_change_as_asked",
    "SocketSpec.category": "test_a_socket_is_of_the_category_and_the_family_that_were_asked_for",
    "SocketSpec.family": "test_a_socket_is_of_the_category_and_the_family_that_were_asked_for",
    "StreamEventsRequest.filter": "test_a_filter_passes_the_sockets_and_the_kinds_that_it_names",
    "StreamEventsRequest.start_after": (
        "test_a_stream_begun_after_any_event_continues_with_the_very_events_that_followed"
    ),
    "WaitOperationRequest.timeout": "test_a_wait_lasts_as_long_as_it_was_told_to",
}
