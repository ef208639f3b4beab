/// A runtime parameter of a virtual host: a shovel, a federation upstream.
///
/// Its description leaves out the value, which may be a URI with a password.
package struct Parameter: Sendable, Hashable, Decodable, CustomStringConvertible, CustomReflectable {
    /// The virtual host.
    package var virtualHost: String
    /// The component, such as `shovel` or `federation-upstream`.
    package var component: String
    /// The name.
    package var name: String
    /// The value. May hold secrets.
    package var value: JSONValue

    /// Decodes a parameter as RabbitMQ sends it.
    package init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        virtualHost = try object.required("vhost")
        component = try object.required("component")
        name = try object.required("name")
        value = try object.required("value")
    }

    /// Where the parameter is, without its value.
    package var description: String { "\(component) \(name) in \(virtualHost)" }

    /// Hides the value from `dump`.
    package var customMirror: Mirror {
        Mirror(self, children: ["virtualHost": virtualHost, "component": component, "name": name])
    }
}

/// A parameter of the whole cluster.
///
/// Its description leaves out the value, which may hold secrets.
package struct GlobalParameter: Sendable, Hashable, Decodable, CustomStringConvertible, CustomReflectable {
    /// The name.
    package var name: String
    /// The value. May hold secrets.
    package var value: JSONValue

    /// Decodes a parameter as RabbitMQ sends it.
    package init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        name = try object.required("name")
        value = try object.required("value")
    }

    /// The name, without the value.
    package var description: String { "global parameter \(name)" }

    /// Hides the value from `dump`.
    package var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}
