/// A version of RabbitMQ, as far as its order matters.
package struct BrokerVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The first number.
    package var major: Int
    /// The second number.
    package var minor: Int
    /// The third number.
    package var patch: Int

    /// Creates a version.
    package init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads `3.10.8`, and what is followed by a suffix as in `4.1.0-rc.1`. `nil` for a text that starts otherwise.
    package init?(_ text: String) {
        let numbers = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }.split(separator: ".").map { Int($0) }
        guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        self.init(major, minor, (numbers.count > 2 ? numbers[2] : nil) ?? 0)
    }

    /// The order of releases.
    package static func < (first: BrokerVersion, second: BrokerVersion) -> Bool {
        (first.major, first.minor, first.patch) < (second.major, second.minor, second.patch)
    }

    /// Such as `3.10.8`.
    package var description: String { "\(major).\(minor).\(patch)" }
}
