/// What the Prometheus endpoint of one node tells of the quorum queues of a virtual host that have a member there.
///
/// It does not tell which member leads: the numbers of a follower are lower, or equal. All of them are some seconds old: a
/// commit index that was read now is that of entries that came before.
package struct RaftMetrics: Sendable, Hashable {
    /// The numbers of one member.
    package struct Indexes: Sendable, Hashable {
        /// The current term.
        package var term: Int64?
        /// Up to where entries are committed.
        package var commitIndex: Int64?
        /// Up to where the log was dropped; -1 or 0 where it never was.
        package var snapshotIndex: Int64?
    }

    /// The node that answered, such as `rabbit@dc1-a`. `nil`: not told.
    package var node: String?
    /// Its version: from 4.3 on, a snapshot index proves nothing. `nil`: not told.
    package var version: BrokerVersion?
    /// The numbers by queue.
    package var queues: [String: Indexes] = [:]
    /// Whether everything was read: what is too much is left out.
    package var isComplete = true

    /// More queues than this are not taken.
    static let mostQueues = 20_000
    private static let longestLine = 4_096

    /// Reads Prometheus' text format.
    ///
    /// RabbitMQ 3.10 and 4.3 do not escape quotation marks and backslashes in names, and 4.0 does: what has one is left
    /// out, so that no queue can pass for another.
    package init(reading text: UnsafeRawBufferPointer, virtualHost: String) {
        let host = Array(virtualHost.utf8)
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
            if end - start <= Self.longestLine { read(UnsafeRawBufferPointer(rebasing: text[start..<end]), host) }
            start = end + 1
        }
    }

    private mutating func read(_ line: UnsafeRawBufferPointer, _ host: [UInt8]) {
        guard let brace = line.firstIndex(of: UInt8(ascii: "{")) else { return }
        let name = UnsafeRawBufferPointer(rebasing: line[..<brace])
        if name == "rabbitmq_build_info" {
            guard let labels = Labels(line, from: brace) else { return }
            version = labels["rabbitmq_version"].flatMap { BrokerVersion(String(decoding: $0, as: UTF8.self)) }
            return
        }
        if name == "rabbitmq_identity_info" {
            guard let labels = Labels(line, from: brace) else { return }
            node = labels["rabbitmq_node"].map { String(decoding: $0, as: UTF8.self) }
            return
        }
        guard let index = Self.index(of: name), let labels = Labels(line, from: brace), labels.count == 2,
            let queue = labels["queue"], let vhost = labels["vhost"], vhost.elementsEqual(host),
            let value = labels.value
        else { return }
        let key = String(decoding: queue, as: UTF8.self)
        guard queues[key] != nil || queues.count < Self.mostQueues else {
            isComplete = false
            return
        }
        queues[key, default: Indexes()][keyPath: index] = value
    }

    /// Below 4.3 the names are these, at either path. Where they differ, the numbers are not what they were.
    private static func index(of name: JSONReader.Name) -> WritableKeyPath<Indexes, Int64?>? {
        if name == "rabbitmq_detailed_raft_log_snapshot_index" || name == "rabbitmq_raft_log_snapshot_index" {
            \.snapshotIndex
        } else if name == "rabbitmq_detailed_raft_log_commit_index" || name == "rabbitmq_raft_log_commit_index" {
            \.commitIndex
        } else if name == "rabbitmq_detailed_raft_term_total" || name == "rabbitmq_raft_term_total" {
            \.term
        } else {
            nil
        }
    }

    /// The labels of a line, and its value.
    private struct Labels {
        private let line: UnsafeRawBufferPointer
        private var list: [(name: Range<Int>, value: Range<Int>)] = []
        /// The value, where it is an integer.
        var value: Int64?

        var count: Int { list.count }

        /// - Parameter brace: where the opening one is.
        init?(_ line: UnsafeRawBufferPointer, from brace: Int) {
            self.line = line
            var position = brace + 1
            while true {
                guard let equals = line[position...].firstIndex(of: UInt8(ascii: "=")), equals + 1 < line.count,
                    line[equals + 1] == UInt8(ascii: "\""),
                    let quote = line[(equals + 2)...].firstIndex(of: UInt8(ascii: "\"")), quote + 1 < line.count
                else { return nil }
                let value = (equals + 2)..<quote
                guard !line[value].contains(UInt8(ascii: "\\")), list.count < 16 else { return nil }
                let name = position..<equals
                // Else a name with a quotation mark could pass for two labels.
                guard !list.contains(where: { line[$0.name].elementsEqual(line[name]) }) else { return nil }
                list.append((name, value))
                position = quote + 2
                if line[quote + 1] == UInt8(ascii: "}") { break }
                guard line[quote + 1] == UInt8(ascii: ","), position < line.count else { return nil }
            }
            guard position < line.count, line[position] == UInt8(ascii: " ") else { return nil }
            value = Self.integer(line[(position + 1)...])
        }

        subscript(_ name: StaticString) -> Slice<UnsafeRawBufferPointer>? {
            list.first { UnsafeRawBufferPointer(rebasing: line[$0.name]) == name }.map { line[$0.value] }
        }

        private static func integer(_ text: Slice<UnsafeRawBufferPointer>) -> Int64? {
            guard (1...24).contains(text.count) else { return nil }
            let text = String(decoding: text, as: UTF8.self)
            return Int64(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
        }
    }
}
