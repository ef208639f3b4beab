/// What this program is.
enum Version {
    /// Its version, as the change log has it.
    static let current = "0.1.0"
}
