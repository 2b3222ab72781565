"""Every field of every request message, and the test that shows what it does. A field without a row fails a test.

A row is "Message.field": the name of a test in this folder or in tests/wire. A field that means the same in every
message has one row for all, with a test that goes through all of them. Most fields of a Fault have their rows in
fault_fields.py, which one test goes through.
"""

from tests.promises.fault_fields import CHANGES

SAME_EVERYWHERE = {
    "session_id": "test_every_request_about_a_session_is_about_the_one_that_it_names",
    "operation_id": "test_every_request_with_an_operation_is_about_the_one_that_it_names",
    "socket_id": "test_every_request_with_a_socket_is_about_the_one_that_it_names",
}

EFFECTS = {
    **dict.fromkeys(CHANGES, "test_every_field_of_a_fault_changes_what_comes_of_it"),
    "AcceptRequest.faults": "test_an_accept_brings_the_faults_of_the_socket_that_it_makes",
    "Bandwidth.bytes_per_second": "test_a_rate_and_a_gap_take_their_time",
    "Command.relay": "test_a_relay_in_a_batch_is_the_relay_of_the_method",
    "ConnectRequest.faults": "test_a_connect_may_carry_the_fault_that_it_meets",
    "CreateFaultRequest.fault": "test_every_field_of_a_fault_changes_what_comes_of_it",
    "CreateFaultRequest.request_id": "test_a_fault_is_made_once_for_one_request_id",
    "CreateSocketRequest.faults": "test_a_listener_may_be_born_with_a_fault_of_every_relayed_connection",
    "DeleteFaultRequest.name": "test_a_change_and_a_deletion_are_of_the_fault_that_they_name",
    "Drip.gap": "test_a_rate_and_a_gap_take_their_time",
    "Fault.expires_after": "test_a_fault_that_expires_ends_by_itself_and_says_so",
    "FaultTiming.off": "test_a_flapping_fault_holds_bytes_only_while_it_is_on",
    "RelayRequest.connect_timeout": "test_a_relay_gives_an_upstream_up_after_the_time_that_it_was_given",
    "RelayRequest.upstream": "test_a_program_that_is_not_ours_talks_to_a_server_through_a_relay",
    "Slices.gap": "test_a_rate_and_a_gap_take_their_time",
    "UpdateFaultRequest.fault": "test_a_change_and_a_deletion_are_of_the_fault_that_they_name",
    "AcceptRequest.callbacks": "test_an_accepted_socket_indicates_what_its_accept_asked_for",
    "AcceptRequest.timeout": "test_an_accept_that_times_out_loses_no_connection",
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
    "ChainLink.command": "test_a_chain_connects_sends_disconnects_and_closes_in_one_request",
    "ChainLink.hard": "test_a_hard_link_goes_on_after_a_failure",
    "CheckPolicyRequest.action": "test_what_is_asked_has_one_verdict_that_says_why",
    "CheckPolicyRequest.host": "test_what_is_asked_has_one_verdict_that_says_why",
    "CheckPolicyRequest.port": "test_what_is_asked_has_one_verdict_that_says_why",
    "CloseRequest.graceful": "test_a_graceful_close_sends_a_fin_where_another_resets",
    "CloseRequest.timeout": "test_every_timeout_is_kept",
    "Command.accept": "test_every_further_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.bind": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.chain": "test_a_chain_in_a_batch_is_the_chain_of_the_method",
    "Command.close": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.connect": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.control_socket": "test_every_further_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.create_socket": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.disconnect": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.inspect_complete": "test_every_further_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.listen": "test_every_further_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.receive": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.receive_from": "test_every_further_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.resolve": "test_every_further_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.send": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.send_to": "test_every_further_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.set_event_callbacks": "test_every_kind_of_command_does_in_a_batch_what_its_method_does",
    "Command.trace_parent": "test_an_operation_is_a_part_of_its_clients_span_and_of_none_beside_it",
    "ConnectRequest.callbacks": "test_a_connection_gives_the_indications_that_its_connect_asked_for",
    "ConnectRequest.initial_data": (
        "test_a_connect_that_comes_again_connects_once_even_when_the_socket_is_closed"
    ),
    "ConnectRequest.local": "test_a_bind_and_a_connect_take_the_local_address_that_they_are_given",
    "ConnectRequest.remote": "test_a_connect_goes_to_the_host_and_the_port_that_it_names",
    "ConnectRequest.spec": "test_a_connect_without_a_spec_needs_the_socket_that_it_names",
    "ConnectRequest.timeout": "test_every_timeout_is_kept",
    "ControlSocketRequest.get": (
        "test_all_options_of_a_socket_are_read_at_once_and_the_others_named_with_the_reason"
    ),
    "ControlSocketRequest.query": "test_the_receive_backlog_counts_what_has_arrived_and_was_not_received",
    "ControlSocketRequest.set": "test_row_29_no_delay_is_an_option_that_can_be_set_and_read_while_connected",
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
    "EventCallbacks.credit_bytes": "test_a_client_that_releases_nothing_holds_the_peer_up_and_loses_nothing",
    "EventCallbacks.enable": "test_a_connection_gives_the_indications_that_its_connect_asked_for",
    "EventFilter.kinds": "test_a_filter_passes_the_sockets_and_the_kinds_that_it_names",
    "EventFilter.socket_ids": "test_a_filter_passes_the_sockets_and_the_kinds_that_it_names",
    "InspectCompleteRequest.accept": (
        "test_row_21_a_rejected_connection_is_reset_and_nothing_more_is_told_of_it"
    ),
    "InspectCompleteRequest.inspect_id": (
        "test_a_decision_about_a_connection_that_was_never_named_is_refused"
    ),
    "KeepAlive.enabled": "test_every_option_that_is_set_can_be_read_back",
    "KeepAlive.idle": "test_every_option_that_is_set_can_be_read_back",
    "KeepAlive.interval": "test_every_option_that_is_set_can_be_read_back",
    "KeepAlive.probes": "test_every_option_that_is_set_can_be_read_back",
    "Linger.enabled": "test_every_option_that_is_set_can_be_read_back",
    "Linger.timeout": "test_every_option_that_is_set_can_be_read_back",
    "ListOperationsRequest.after_operation_id": "test_operations_are_listed_as_asked",
    "ListOperationsRequest.page_size": "test_operations_are_listed_as_asked",
    "ListOperationsRequest.pending_only": "test_operations_are_listed_as_asked",
    "ListSocketsRequest.after_socket_id": "test_sockets_are_listed_as_asked",
    "ListSocketsRequest.page_size": "test_sockets_are_listed_as_asked",
    "MulticastGroup.address": (
        "test_row_65_a_multicast_datagram_reaches_who_has_joined_its_group_until_it_leaves"
    ),
    "MulticastGroup.interface": (
        "test_row_65_a_multicast_datagram_reaches_who_has_joined_its_group_until_it_leaves"
    ),
    "OpenSessionRequest.contract_revision": (
        "test_an_agent_refuses_a_newer_client_opens_nothing_and_tells_it_about_itself"
    ),
    "OpenSessionRequest.label": "test_a_session_is_as_it_was_asked_for",
    "OpenSessionRequest.lease_duration": "test_a_session_is_as_it_was_asked_for",
    "OpenSessionRequest.record": (
        "test_what_a_client_did_before_it_was_killed_is_on_the_disk_when_its_lease_has_ended"
    ),
    "OpenSessionRequest.request_id": "test_a_session_is_opened_once_for_one_request_id_as_long_as_it_lives",
    "OpenSessionRequest.retention": "test_a_session_is_as_it_was_asked_for",
    "OptionSelection.kinds": (
        "test_row_10_an_option_that_only_counts_before_the_bind_is_refused_after_it_and_unchanged"
    ),
    "Pattern.offset": "test_a_pattern_arrives_as_its_seed_and_offset_say",
    "Pattern.seed": "test_a_pattern_arrives_as_its_seed_and_offset_say",
    "QuerySelection.kinds": "test_tcp_info_is_told_whole",
    "ReceiveFromRequest.length": "test_row_65_a_datagram_larger_than_wanted_is_cut_and_says_so",
    "ReceiveFromRequest.timeout": "test_a_receive_of_a_datagram_times_out_and_takes_none",
    "ReceiveRequest.check": "test_a_check_tells_the_first_byte_that_differs",
    "ReceiveRequest.digest": "test_a_receive_keeps_the_digest_that_was_asked_for_and_not_the_bytes",
    "ReceiveRequest.drain": "test_a_receive_takes_shows_or_throws_away_what_it_was_told_to",
    "ReceiveRequest.length": "test_a_receive_takes_shows_or_throws_away_what_it_was_told_to",
    "ReceiveRequest.peek": "test_a_receive_takes_shows_or_throws_away_what_it_was_told_to",
    "ReceiveRequest.timeout": "test_every_timeout_is_kept",
    "ReceiveRequest.wait_all": "test_a_receive_takes_shows_or_throws_away_what_it_was_told_to",
    "ReleaseRequest.accepted_bytes": "test_a_release_gives_back_what_it_says",
    "ReleaseRequest.refuse": "test_row_16_a_refused_connection_is_reset_and_its_socket_is_gone",
    "ReleaseRequest.sequence": "test_a_release_gives_back_what_it_says",
    "Repeat.count": "test_a_repeated_chain_has_one_completion_and_tells_of_its_progress",
    "Repeat.interval": "test_the_rounds_of_a_repeated_chain_are_an_interval_apart",
    "Repeat.progress_every": "test_a_repeated_chain_has_one_completion_and_tells_of_its_progress",
    "ResolveRequest.address": "test_row_72_an_address_has_its_name_and_that_of_its_port",
    "ResolveRequest.family": "test_row_72_a_name_has_its_addresses_each_with_the_port_of_the_service",
    "ResolveRequest.name": "test_row_72_a_name_that_nobody_has_completes_no_match",
    "ResolveRequest.name_required": (
        "test_row_72_an_address_without_a_name_is_its_literal_unless_a_name_is_required"
    ),
    "ResolveRequest.service": "test_row_72_a_name_has_its_addresses_each_with_the_port_of_the_service",
    "ResolveRequest.timeout": "test_a_resolve_that_times_out_is_done_waiting",
    "SendRequest.data": "test_a_send_that_comes_again_and_again_leaves_once",
    "SendRequest.level": "test_an_acknowledged_send_waits_for_the_peer_where_a_written_one_does_not",
    "SendRequest.pattern": "test_a_pattern_arrives_as_its_seed_and_offset_say",
    "SendRequest.pattern_length": "test_a_pattern_arrives_as_its_seed_and_offset_say",
    "SendRequest.stream_offset": "test_a_send_at_another_offset_than_the_next_is_refused",
    "SendRequest.timeout": "test_every_timeout_is_kept",
    "SendToRequest.datagrams": "test_row_64_several_datagrams_of_one_send_arrive_each_as_it_was",
    "SendToRequest.remote": "test_row_67_a_fixed_remote_is_the_destination_and_the_only_one_that_is_heard",
    "SendToRequest.timeout": "test_a_send_of_datagrams_takes_a_timeout",
    "SetEventCallbacksRequest.credit_bytes": "test_indications_and_credit_change_as_asked",
    "SetEventCallbacksRequest.credit_connections": (
        "test_row_14_no_more_connections_are_indicated_than_there_is_credit_and_none_is_lost"
    ),
    "SetEventCallbacksRequest.credit_datagrams": (
        "test_row_66_datagrams_are_indicated_within_the_credit_and_the_rest_comes_with_its_release"
    ),
    "SetEventCallbacksRequest.disable": "test_no_data_is_indicated_behind_the_completion_that_disabled_it",
    "SetEventCallbacksRequest.enable": "test_indications_and_credit_change_as_asked",
    "SocketOption.backlog": "test_the_backlog_bounds_the_connections_that_wait",
    "SocketOption.broadcast": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.conditional_accept": (
        "test_row_20_a_connection_that_is_let_in_becomes_the_socket_of_an_accept"
    ),
    "SocketOption.congestion_control": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.defer_accept": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.device": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.exclusive_address": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.fast_open": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.fixed_remote": (
        "test_row_67_a_fixed_remote_is_the_destination_and_the_only_one_that_is_heard"
    ),
    "SocketOption.fixed_send_to": "test_row_68_a_fixed_destination_leaves_everybody_heard",
    "SocketOption.join_group": (
        "test_row_65_a_multicast_datagram_reaches_who_has_joined_its_group_until_it_leaves"
    ),
    "SocketOption.keep_alive": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.leave_group": (
        "test_row_65_a_multicast_datagram_reaches_who_has_joined_its_group_until_it_leaves"
    ),
    "SocketOption.linger": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.mark": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.maximum_segment_bytes": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.multicast_hops": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.multicast_interface": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.multicast_loopback": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.no_delay": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.quick_acknowledge": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.receive_buffer_bytes": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.reuse_address": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.send_buffer_bytes": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.silent": "test_row_70_a_silent_socket_sends_no_packet_whatever_its_peer_does",
    "SocketOption.time_to_live": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.type_of_service": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.user_timeout": "test_every_option_that_is_set_can_be_read_back",
    "SocketOption.v6_only": "test_an_ipv6_socket_can_carry_ipv4_if_that_is_said_before_its_bind",
    "SocketSpec.category": "test_a_socket_is_of_the_category_and_the_family_that_were_asked_for",
    "SocketSpec.family": "test_a_socket_is_of_the_category_and_the_family_that_were_asked_for",
    "SocketSpec.options": "test_a_socket_is_born_with_its_options",
    "StreamEventsRequest.filter": "test_a_filter_passes_the_sockets_and_the_kinds_that_it_names",
    "StreamEventsRequest.start_after": (
        "test_a_stream_begun_after_any_event_continues_with_the_very_events_that_followed"
    ),
    "SubmitChainRequest.links": "test_a_chain_connects_sends_disconnects_and_closes_in_one_request",
    "SubmitChainRequest.repeat": "test_a_repeated_chain_has_one_completion_and_tells_of_its_progress",
    "SubmitChainRequest.start_at_ns": "test_a_chain_does_not_start_before_its_moment",
    "SubmitChainRequest.timeout": "test_the_timeout_of_a_chain_ends_the_link_that_runs_and_all_behind_it",
    "WaitOperationRequest.timeout": "test_a_wait_lasts_as_long_as_it_was_told_to",
}
