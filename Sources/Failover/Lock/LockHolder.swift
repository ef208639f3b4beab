import AMQP
import Management

/// The process that holds a lock, as its connection tells everybody who may list connections.
package struct LockHolder: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The host's name.
    package var host: String
    /// The process's id on that host.
    package var process: Int32
    /// Where the process's HTTP API is reached; `nil` if it has none.
    package var api: String?
    /// Unique for each start of the process.
    package var instance: String

    /// Creates a description of a process.
    package init(host: String, process: Int32, api: String?, instance: String) {
        self.host = host
        self.process = process
        self.api = api
        self.instance = instance
    }

    package var description: String {
        "process \(process) on \(host)" + (api.map { " (API at \($0))" } ?? "")
    }

    // MARK: Client properties

    private static let prefix = "ropeway_"

    /// The client properties of the connection that holds a pair's lock, or waits for it.
    func clientProperties(pair: String) -> FieldTable {
        var table: FieldTable = [
            "ropeway_role": "lock",
            "ropeway_pair": .string(pair),
            "ropeway_host": .string(host),
            "ropeway_process": .int64(Int64(process)),
            "ropeway_instance": .string(instance),
        ]
        if let api { table["ropeway_api"] = .string(api) }
        return table
    }

    /// Reads the client properties back; `nil` if they are those of something else.
    init?(clientProperties table: [String: JSONValue], pair: String) {
        func text(_ name: String) -> String? { table[Self.prefix + name]?.string }
        guard text("role") == "lock", text("pair") == pair, let host = text("host"), let instance = text("instance"),
            let process = table["ropeway_process"]?.integer.flatMap({ Int32(exactly: $0) })
        else { return nil }
        self.init(host: host, process: process, api: text("api"), instance: instance)
    }
}
