/// What this program is.
package enum Version {
    /// Its version, as the change log has it.
    package static let current = "0.1.0"
}
