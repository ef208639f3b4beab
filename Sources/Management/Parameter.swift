/// A runtime parameter of a virtual host: a shovel, a federation upstream.
///
/// Its description leaves out the value, which may be a URI with a password.
public struct Parameter: Sendable, Hashable, Decodable, CustomStringConvertible, CustomReflectable {
    /// The virtual host.
    public var virtualHost: String
    /// The component, such as `shovel` or `federation-upstream`.
    public var component: String
    /// The name.
    public var name: String
    /// The value. May hold secrets.
    public var value: JSONValue

    /// Decodes a parameter as RabbitMQ sends it.
    public init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        virtualHost = try object.required("vhost")
        component = try object.required("component")
        name = try object.required("name")
        value = try object.required("value")
    }

    /// Where the parameter is, without its value.
    public var description: String { "\(component) \(name) in \(virtualHost)" }

    /// Hides the value from `dump`.
    public var customMirror: Mirror {
        Mirror(self, children: ["virtualHost": virtualHost, "component": component, "name": name])
    }
}

/// A parameter of the whole cluster.
///
/// Its description leaves out the value, which may hold secrets.
public struct GlobalParameter: Sendable, Hashable, Decodable, CustomStringConvertible, CustomReflectable {
    /// The name.
    public var name: String
    /// The value. May hold secrets.
    public var value: JSONValue

    /// Decodes a parameter as RabbitMQ sends it.
    public init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        name = try object.required("name")
        value = try object.required("value")
    }

    /// The name, without the value.
    public var description: String { "global parameter \(name)" }

    /// Hides the value from `dump`.
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}
