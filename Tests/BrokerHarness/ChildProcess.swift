import Foundation
import Synchronization

/// A process started by a test. Its output goes to files, so that it never waits for a reader.
public final class ChildProcess: Sendable {
    /// How a process ended.
    public enum Exit: Sendable, Equatable, CustomStringConvertible {
        /// It returned this status.
        case status(Int32)
        /// This signal ended it.
        case signal(Int32)

        public var description: String {
            switch self {
            case .status(let status): "status \(status)"
            case .signal(let signal): "signal \(signal)"
            }
        }
    }

    /// The process, as the kernel counts it.
    public let processIdentifier: Int32
    /// What is run, for messages: the executable's name and the first argument.
    public let title: String
    /// The file that holds what the process wrote to standard output.
    public let standardOutput: URL
    /// The file that holds what the process wrote to standard error.
    public let standardError: URL

    private let exit: OneShot<Exit>
    private let folder: URL

    /// Starts a process.
    ///
    /// - Parameters:
    ///   - executable: the path of the binary or script.
    ///   - arguments: its arguments, without the name.
    ///   - environment: variables to set beside those of the test process; `nil` removes one.
    ///   - directory: its working directory; the test's own if `nil`.
    /// - Throws: ``HarnessError`` if it cannot be started.
    public static func start(
        _ executable: String,
        _ arguments: [String] = [],
        environment: [String: String?] = [:],
        directory: String? = nil
    ) throws -> ChildProcess {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ropeway-child-\(UUID().uuidString)")
        let exit = OneShot<Exit>()
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        var variables = ProcessInfo.processInfo.environment
        for (key, value) in environment { variables[key] = value }
        process.environment = variables
        if let directory { process.currentDirectoryURL = URL(filePath: directory) }
        process.terminationHandler = { ended in
            exit.fulfil(
                ended.terminationReason == .exit ? .status(ended.terminationStatus) : .signal(ended.terminationStatus)
            )
        }
        let standardOutput = folder.appending(path: "stdout")
        let standardError = folder.appending(path: "stderr")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data().write(to: standardOutput)
            try Data().write(to: standardError)
            process.standardInput = FileHandle.nullDevice
            let output = try FileHandle(forWritingTo: standardOutput)
            let errors = try FileHandle(forWritingTo: standardError)
            // The child has its own by then; `Process` would keep these for as long as the test process lives.
            defer {
                try? output.close()
                try? errors.close()
            }
            process.standardOutput = output
            process.standardError = errors
            try withNoSignalBlocked { try process.run() }
        } catch {
            try? FileManager.default.removeItem(at: folder)
            throw HarnessError("cannot start \(executable): \(error)")
        }
        return ChildProcess(
            processIdentifier: process.processIdentifier,
            title: ([URL(filePath: executable).lastPathComponent] + arguments.prefix(1)).joined(separator: " "),
            standardOutput: standardOutput,
            standardError: standardError,
            exit: exit,
            folder: folder
        )
    }

    /// A child inherits the signal mask of the thread that starts it, and Swift's pool runs with nearly all signals
    /// blocked: a broker that inherits that never hears of SIGTERM.
    private static func withNoSignalBlocked<Result>(_ body: () throws -> Result) rethrows -> Result {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        return try body()
    }

    private init(
        processIdentifier: Int32,
        title: String,
        standardOutput: URL,
        standardError: URL,
        exit: OneShot<Exit>,
        folder: URL
    ) {
        self.processIdentifier = processIdentifier
        self.title = title
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.exit = exit
        self.folder = folder
    }

    /// A child that nobody holds any more is killed and its output deleted, so that a failed test leaves nothing.
    deinit {
        if self.exit.current == nil {
            Foundation.kill(self.processIdentifier, SIGKILL)
        }
        try? FileManager.default.removeItem(at: self.folder)
    }

    /// Whether the process has not ended yet.
    public var isRunning: Bool {
        self.exit.current == nil
    }

    /// Sends a signal, unless the process has ended: its number may belong to another by then.
    public func signal(_ number: Int32) {
        guard self.isRunning else { return }
        Foundation.kill(self.processIdentifier, number)
    }

    /// Ends the process without warning (SIGKILL).
    public func kill() {
        self.signal(SIGKILL)
    }

    /// Asks the process to end (SIGTERM).
    public func terminate() {
        self.signal(SIGTERM)
    }

    /// Waits until the process has ended.
    ///
    /// - Throws: ``HarnessError`` with the end of its output if it is still running at the deadline. It is left running.
    @discardableResult
    public func wait(within deadline: Duration) async throws -> Exit {
        let exit = self.exit
        let ended = try await withDeadline(deadline) { try await exit.value() }
        guard let ended else {
            throw HarnessError("\(self.title) has not ended within \(deadline)\n\(self.outputEnd)")
        }
        return ended
    }

    /// What the process has written to standard output so far.
    public func output() throws -> String {
        String(decoding: try Data(contentsOf: self.standardOutput), as: UTF8.self)
    }

    /// What the process has written to standard error so far.
    public func errorOutput() throws -> String {
        String(decoding: try Data(contentsOf: self.standardError), as: UTF8.self)
    }

    /// The last 2,000 characters of each output, for messages.
    public var outputEnd: String {
        let output = (try? self.output()) ?? ""
        let errors = (try? self.errorOutput()) ?? ""
        return "standard output: \(output.suffix(2_000))\nstandard error: \(errors.suffix(2_000))"
    }

    /// The most memory that the running process has held at once, in bytes (`VmHWM`).
    public func peakMemory() throws -> Int { try self.memory("VmHWM") }

    /// The same without the pages that are mapped from files (`RssFile`): those are the program's code and tables, of which
    /// a debug build has several times as much, and which the system may drop.
    public func peakHeldMemory() throws -> Int { try self.memory("VmHWM") - self.memory("RssFile") }

    private func memory(_ key: String) throws -> Int {
        let status = try self.processFile("status")
        guard
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("\(key):") }),
            let kibibytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
        else {
            throw HarnessError("\(self.title) has ended: its memory can be read only while it runs")
        }
        return kibibytes * 1_024
    }

    /// The processor time that the running process has used, user and system, all threads.
    public func processorTime() throws -> Duration {
        let stat = try self.processFile("stat")
        // The name in the second field may hold blanks; the rest is counted from behind its closing parenthesis, where
        // utime and stime are the 12th and 13th.
        let fields = stat.drop(while: { $0 != ")" }).split(separator: " ")
        guard fields.count > 13, let user = Int(fields[12]), let system = Int(fields[13]) else {
            throw HarnessError("cannot read the processor time of \(self.title) from: \(stat)")
        }
        return .nanoseconds((user + system) * (1_000_000_000 / sysconf(Int32(_SC_CLK_TCK))))
    }

    private func processFile(_ name: String) throws -> String {
        guard self.isRunning else {
            throw HarnessError("\(self.title) has ended: /proc tells nothing about it any more")
        }
        return String(
            decoding: try Data(contentsOf: URL(filePath: "/proc/\(self.processIdentifier)/\(name)")),
            as: UTF8.self
        )
    }
}
