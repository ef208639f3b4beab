import Foundation

/// The inputs that are kept: one file each, in a folder for each target.
package enum FuzzCorpus {
    /// The folder of all of them, where the sources are.
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

    /// The inputs of a target with their names, in the order of these.
    package static func inputs(of target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let own = folder.appending(path: target.rawValue)
        return try FileManager.default.contentsOfDirectory(atPath: own.path).sorted().map { name in
            (name, Array(try Data(contentsOf: own.appending(path: name))))
        }
    }
}
