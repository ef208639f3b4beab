import Management

/// One property in which two objects of the same name differ.
package struct PropertyDifference: Sendable, Hashable {
    /// The property, or the name of the argument.
    package var key: String
    /// What it is at the source; `nil` where it is not set, or is not shown.
    package var source: JSONValue?
    /// What it is at the target, likewise.
    package var target: JSONValue?

    /// Creates a difference.
    package init(_ key: String, source: JSONValue?, target: JSONValue?) {
        self.key = key
        self.source = source
        self.target = target
    }

    /// Such as `x-max-length: 100 instead of 50`, as seen from the target.
    package var description: String {
        if source == nil, target == nil { return key }
        return "\(key): \(target?.compact ?? "not set") instead of \(source?.compact ?? "not set")"
    }

    static func of(_ key: String, _ source: JSONValue?, _ target: JSONValue?) -> [PropertyDifference] {
        source == target ? [] : [PropertyDifference(key, source: source, target: target)]
    }

    static func of(_ source: [String: JSONValue], _ target: [String: JSONValue]) -> [PropertyDifference] {
        Set(source.keys).union(target.keys).sorted().flatMap { Self.of($0, source[$0], target[$0]) }
    }
}
