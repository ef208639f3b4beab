#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the process takes of the machine, by the names that Prometheus' own clients use.
///
/// Where the system does not tell, as without `/proc`, there is no series.
package struct ProcessMetrics: Sendable, Equatable {
    package var cpuSeconds: Double?
    package var residentBytes: Int?
    package var virtualBytes: Int?
    package var started: Double?
    package var openFiles: Int?
    package var mostFiles: Int?

    /// Takes what is given.
    package init() {}

    /// Reads what is so now. The kernel answers from memory, so nothing waits for a disk or a peer.
    package static func current() -> Self {
        var metrics = Self()
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        if getrlimit(resource, &limit) == 0 { metrics.mostFiles = Int(clamping: limit.rlim_cur) }
        metrics.openFiles = countOfOpenFiles()
        if let stat = text(of: "/proc/self/stat"), let kernel = text(of: "/proc/stat") {
            metrics.take(
                stat: stat,
                kernel: kernel,
                ticks: Double(sysconf(Int32(_SC_CLK_TCK))),
                pageSize: Int(sysconf(Int32(_SC_PAGESIZE)))
            )
        }
        return metrics
    }

    /// Reads the kernel's words of the process, `proc(5)`.
    package mutating func take(stat: String, kernel: String, ticks: Double, pageSize: Int) {
        // The name of the program may hold blanks and parentheses; behind the last one all is numbers.
        guard ticks > 0, let end = stat.utf8.lastIndex(of: UInt8(ascii: ")")) else { return }
        let fields = stat[stat.utf8.index(after: end)...].split(separator: " ")
        guard fields.count > 21 else { return }
        // Field 3 of the manual is the first here.
        if let user = Double(fields[11]), let system = Double(fields[12]) { cpuSeconds = (user + system) / ticks }
        virtualBytes = Int(fields[20])
        residentBytes = Int(fields[21]).map { $0 * pageSize }
        let boot = kernel.split(separator: "\n").first { $0.hasPrefix("btime ") }
        if let boot = boot?.split(separator: " ").last.flatMap({ Double($0) }), let since = Double(fields[19]) {
            started = boot + since / ticks
        }
    }

    /// Adds them to a set.
    package func add(to metrics: inout MetricSet) {
        let none = MetricLabels()
        metrics.add(.processCPU, none, cpuSeconds)
        metrics.add(.processResident, none, residentBytes)
        metrics.add(.processVirtual, none, virtualBytes)
        metrics.add(.processStarted, none, started)
        metrics.add(.processOpenFiles, none, openFiles)
        metrics.add(.processMostFiles, none, mostFiles)
    }

    private static func countOfOpenFiles() -> Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without itself, its parent and the folder that is open for this.
        return max(0, count - 3)
    }

    private static func text(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        // `/proc/stat` has a line for each interrupt source; a machine with very many still stays below this.
        while bytes.count < 1_048_576 {
            let count = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
