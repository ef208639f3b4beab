import Testing

@testable import Management

@Suite("Observations of queues")
struct ObservationTests {
    private func page<Item: Observed>(
        _ type: Item.Type,
        _ text: String,
        most: Int = 500
    ) throws -> ObservedPage<Item> {
        try Array(text.utf8).withUnsafeBytes { try ObservedPage<Item>(reading: $0, most: most) }
    }

    @Test("given queues as 3.10.8 and 4.0.5 tell of them, then what is told is read, and what is not told is not 0")
    func queues() throws {
        let page = try page(
            QueueObservation.self,
            #"""
            {"filtered_count": 3, "item_count": 3, "items": [
             {"arguments": {"x-queue-type": "quorum"}, "leader": "a@localhost", "name": "a b/\u00fc\"x", "type": "quorum"},
             {"arguments": {"x-queue-type": "classic", "x-max-priority": 5}, "consumers": 1,
              "effective_policy_definition": {"max-length": 5000, "overflow": "reject-publish"},
              "head_message_timestamp": 1700000000,
              "incoming": [{"stats": {}, "exchange": {"name": "x", "vhost": "/"}}, {"exchange": {"name": ""}}],
              "message_stats": {"ack": 1, "deliver_get": 6, "publish": 20, "redeliver": 2,
              "publish_details": {"rate": 0.0}}, "messages_ready": 15, "messages_ready_ram": 3,
              "messages_unacknowledged": 5, "messages_unacknowledged_ram": 4, "name": "cq", "node": "a@localhost",
              "members": ["a@localhost"], "online": ["a@localhost", null], "state": "running", "type": "classic"},
             {"arguments": [], "name": "old", "effective_policy_definition": [], "message_stats": [],
              "incoming": [], "messages_ready": -1, "head_message_timestamp": null},
             {"name": "odd", "incoming": [{"exchange": []}], "message_stats": {"publish": -3, "redeliver": 1}}
            ], "page": 1, "page_count": 2, "page_size": 500, "total_count": 4}
            """#
        )
        #expect(page.pageCount == 2 && page.isComplete)
        #expect(page.items.map(\.name) == ["a b/ü\"x", "cq", "old", "odd"])
        let (quorum, classic, old) = (page.items[0], page.items[1], page.items[2])
        #expect(quorum.type == "quorum" && quorum.leader == "a@localhost" && quorum.state == nil)
        #expect(quorum.ready == nil && quorum.unacknowledged == nil && quorum.counts == nil)
        #expect(classic.ready == 15 && classic.readyInMemory == 3)
        #expect(classic.unacknowledged == 5 && classic.unacknowledgedInMemory == 4)
        #expect(classic.headMessageTimestamp == 1_700_000_000 && classic.members == classic.online)
        #expect(classic.leader == "a@localhost" && classic.state == "running" && classic.sources == ["x", ""])
        let counts = try #require(classic.counts)
        #expect(counts.published == 20 && counts.handedOut == 6 && counts.redelivered == 2)
        #expect(classic.setting("max-priority") == .integer(5) && classic.setting("overflow") == "reject-publish")
        #expect(old.type == "classic" && old.ready == nil && old.counts == nil && old.policy.isEmpty)
        #expect(old.sources == nil && page.items[3].sources == nil && page.items[3].counts == nil)
    }

    @Test("given what may hold messages, then it is read, and what makes no sense is left out")
    func consumers() throws {
        let consumers = try page(
            ConsumerObservation.self,
            #"""
            [{"channel_details": {"name": "c (1)"}, "queue": {"name": "q"}},
             {"channel_details": [], "queue": {"name": "q2"}}, {"queue": {}}]
            """#
        )
        #expect(consumers.items.map(\.channel) == ["c (1)", ""] && !consumers.isComplete && consumers.pageCount == 1)
        let channels = try page(
            ChannelObservation.self,
            #"[{"acks_uncommitted": 0, "messages_unacknowledged": 10, "name": "c (1)"}, {"name": "c (2)"}]"#
        )
        #expect(channels.items.map(\.unacknowledged) == [10, nil])
        #expect(channels.items.map(\.uncommittedAcknowledgements) == [0, nil])
        let connections = try page(
            ConnectionObservation.self,
            #"""
            [{"name": "a", "protocol": "AMQP 0-9-1"}, {"name": "b", "protocol": "Direct 0-9-1"},
             {"name": "c", "protocol": "stream"}, {"name": "d", "protocol": "MQTT 3-1-1"},
             {"name": "e", "protocol": "AMQP 1-0"}, {"name": "f"}]
            """#
        )
        #expect(connections.items.map(\.consumesByChannels) == [true, true, true, false, false, false])
    }

    @Test("given more than is taken, then the rest is left out, and the page says so")
    func bounded() throws {
        let text = "[" + (0..<10).map { #"{"queue": {"name": "\#($0)"}}"# }.joined(separator: ",") + "]"
        let page = try page(ConsumerObservation.self, text, most: 7)
        #expect(page.items.count == 7 && !page.isComplete)
    }

    @Test(
        "given an answer of something else, then it is malformed",
        arguments: ["", "<html>", "{}", #"{"a":[]}"#, "7"]
    )
    func foreign(_ text: String) {
        #expect(throws: JSONReader.Malformed.self) { try page(QueueObservation.self, text) }
    }

    @Test("given the members of a quorum queue as 4.0.5 tells of them, then their numbers are read")
    func raftMembers() throws {
        let members = try page(
            RaftMember.self,
            #"""
            [{"Node Name": "b@localhost", "Raft State": "leader", "Membership": "voter", "Last Log Index": 24,
              "Last Written": 24, "Last Applied": 24, "Commit Index": 23, "Snapshot Index": -1, "Term": 1,
              "Machine Version": 5},
             {"Node Name": "c@localhost", "Raft State": "noproc", "Membership": "unknown", "Last Log Index": "error"}]
            """#
        ).items
        #expect(members.count == 2 && members[0].isLeader && !members[1].isLeader)
        #expect(members[0].commitIndex == 23 && members[0].snapshotIndex == -1 && members[0].term == 1)
        #expect(members[0].lastIndex == 24 && members[0].machineVersion == 5)
        #expect(members[1].commitIndex == nil && members[1].lastIndex == nil && members[1].machineVersion == nil)
    }
}

@Suite("Metrics of quorum queues")
struct RaftMetricsTests {
    private func read(_ text: String, virtualHost: String = "/") -> RaftMetrics {
        Array(text.utf8).withUnsafeBytes { RaftMetrics(reading: $0, virtualHost: virtualHost) }
    }

    @Test("given metrics as 3.10.8 and 4.0.5 write them, then the numbers of the virtual host's queues are read")
    func reads() {
        let metrics = read(
            """
            # TYPE rabbitmq_detailed_raft_term_total counter
            rabbitmq_detailed_raft_term_total{vhost="/",queue="qq"} 3
            rabbitmq_detailed_raft_term_total 0
            rabbitmq_detailed_raft_term_total{raft_cluster="rabbitmq_metadata"} 1
            rabbitmq_detailed_raft_log_snapshot_index{vhost="/",queue="qq"} 0
            rabbitmq_detailed_raft_log_snapshot_index{vhost="other",queue="qq"} 99
            rabbitmq_detailed_raft_log_last_applied_index{vhost="/",queue="qq"} 20
            rabbitmq_detailed_raft_log_commit_index{vhost="/",queue="qq"} 24
            rabbitmq_raft_log_commit_index{vhost="/",queue="ü b"} 7.0
            rabbitmq_build_info{rabbitmq_version="4.0.5",prometheus_plugin_version="4.0.5"} 1
            rabbitmq_identity_info{rabbitmq_node="a@localhost",rabbitmq_cluster="a@vm"} 1
            """
        )
        #expect(metrics.node == "a@localhost" && metrics.version == BrokerVersion(4, 0, 5) && metrics.isComplete)
        #expect(metrics.queues["qq"] == RaftMetrics.Indexes(term: 3, commitIndex: 24, snapshotIndex: 0))
        #expect(metrics.queues["ü b"] == RaftMetrics.Indexes(commitIndex: 7))
        #expect(metrics.queues.count == 2)
    }

    @Test("given metrics of 4.3, whose log is no evidence, then none of their numbers is taken")
    func sparse() {
        let metrics = read(
            """
            rabbitmq_detailed_raft_snapshot_index{queue="qq",vhost="/"} 17.0
            rabbitmq_detailed_raft_commit_index{queue="qq",vhost="/"} 25.0
            """
        )
        #expect(metrics.queues.isEmpty)
    }

    @Test(
        "given names with quotation marks, backslashes and braces, escaped or not, then no queue passes for another",
        arguments: [
            #"{vhost="/",queue="a b/ü"x"} 1"#, #"{vhost="/",queue="x",queue="qq"} 1"#,
            #"{queue="qq",vhost="/",vhost="/"} 1"#, #"{vhost="/",queue="qq\"} 1"#, #"{vhost="/",queue="q\\q"} 1"#,
            #"{vhost="/",queue="qq"} 5"} 1"#, #"{vhost="/",queue="qq"}5"#, #"{vhost="/",queue="qq"}"#,
            #"{vhost="/",queue="qq" 5"#, #"{vhost="/",queue=qq} 5"#, #"{vhost="/",queue="qq"} 5.5"#,
            #"{vhost="/",queue="qq"} NaN"#, #"{vhost="/",queue="qq"} 99999999999999999999"#, #"{vhost="/"} 5"#,
            #"{vhost="/",queue="qq",a="b"} 5"#, #"{vhost="/",queue="qq","#, "{", #"{queue="#,
        ]
    )
    func hostile(_ line: String) {
        #expect(read("rabbitmq_raft_log_snapshot_index" + line).queues.isEmpty)
    }

    @Test("given more queues than are taken, then the metrics say that they are not complete")
    func bounded() {
        let lines = (0...RaftMetrics.mostQueues).map { #"rabbitmq_raft_term_total{vhost="/",queue="\#($0)"} 1"# }
        let metrics = read(lines.joined(separator: "\n"))
        #expect(metrics.queues.count == RaftMetrics.mostQueues && !metrics.isComplete)
    }
}
