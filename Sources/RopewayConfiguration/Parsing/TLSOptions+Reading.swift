import TLSDiagnosis
import Yams

extension TLSOptions {
    private static let keys = ["ca", "certificate", "key", "server-name", "minimum-version"]

    /// Reads `tls`; without it there are no settings.
    static func read(_ cursor: Cursor?) -> Self? {
        guard let cursor else { return Self() }
        guard let fields = cursor.fields(Self.keys, expected: "a mapping of TLS settings") else { return nil }
        let problems = cursor.problems.errors.count
        let authority = fields["ca"]?.path(expected: "the path of a PEM file")
        let certificate = fields["certificate"]?.path(expected: "the path of a PEM file")
        let key = fields["key"]?.path(expected: "the path of a PEM file")
        if fields["certificate"] == nil && fields["key"] != nil {
            fields.missing("certificate", hint: "a key needs its certificate")
        }
        if fields["key"] == nil && fields["certificate"] != nil {
            fields.missing("key", hint: "a certificate needs its key")
        }
        let settings = Self(
            certificateAuthorityPath: authority,
            certificatePath: certificate,
            keyPath: key,
            serverName: fields["server-name"].flatMap { Self.readServerName($0) },
            minimumVersion: fields["minimum-version"].flatMap { Self.readVersion($0) } ?? .tls12
        )
        let places = ["ca", "certificate", "key"].compactMap { name in fields[name].map { (name, $0.place) } }
        cursor.refer(
            to: .tls(
                settings,
                places: Dictionary(uniqueKeysWithValues: places),
                isWhole: cursor.problems.errors.count == problems
            )
        )
        return settings
    }

    private static func readServerName(_ cursor: Cursor) -> String? {
        guard let name = cursor.string(expected: "a host name", longest: 253) else { return nil }
        // TLS has no way to ask for an address by name (RFC 6066, section 3); one that is connected to is verified as such.
        let isAddress = name.allSatisfy { $0.isNumber || $0 == "." }
        if isAddress || !Cursor.isHost(name) {
            cursor.error(
                "\(Shown.value(name)) is \(isAddress ? "an address, not" : "not") a host name",
                hint: "such as broker.example"
            )
        }
        return name
    }

    /// A version, which reads as a number where it is not quoted.
    private static func readVersion(_ cursor: Cursor) -> Version? {
        let versions = Version.allCases.map(\.rawValue).joined(separator: ", ")
        guard let text = cursor.node.scalar?.string, cursor.hasNoTag(), let version = Version(rawValue: text) else {
            cursor.error("is not one of \(versions)", hint: "older versions are broken; 1.2 is the default")
            return nil
        }
        return version
    }
}
