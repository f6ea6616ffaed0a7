import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/** What every Java program of the zoo needs. Arguments of each: [ADDRESS [COUNT]] (addresses: see python/zoo.py). */
final class Zoo {
  static final int ESTABLISHED = 1, CLOSE_WAIT = 8;
  static String address = "127.0.0.1";
  static int count = 23;

  static ServerSocket listen(String[] arguments) throws IOException {
    if (arguments.length > 0) address = arguments[0];
    if (arguments.length > 1) count = Integer.parseInt(arguments[1]);
    return new ServerSocket(0, 512, InetAddress.getByName(address.startsWith("::ffff:") ? "::" : address));
  }

  static Socket peer(int port) throws IOException {
    return new Socket(InetAddress.getByName(address.replace("::ffff:", "")), port);
  }

  /** Sockets with that local port in that state; with unread >= 0 only those with that receive queue. */
  static int rows(int port, int state, int unread) {
    int found = 0;
    for (String table : new String[] {"tcp", "tcp6"}) {
      try {
        for (String line : Files.readAllLines(Path.of("/proc/net/" + table))) {
          String[] columns = line.trim().split("\\s+");
          if (!columns[0].endsWith(":")) continue;
          boolean ours = Integer.parseInt(columns[1].split(":")[1], 16) == port && Integer.parseInt(columns[3], 16) == state;
          if (ours && (unread < 0 || Integer.parseInt(columns[4].split(":")[1], 16) == unread)) found++;
        }
      } catch (IOException missing) {
        continue; // IPv6 is off
      }
    }
    return found;
  }

  static void until(BooleanSupplier condition, String what) throws InterruptedException {
    for (int tries = 0; !condition.getAsBoolean(); tries++) {
      if (tries > 1250) {
        System.err.println("state not reached: " + what);
        Runtime.getRuntime().halt(1);
      }
      Thread.sleep(20);
    }
  }

  static void ready(int port) {
    System.out.printf("{\"ready\":true,\"pid\":%d,\"port\":%d,\"held\":%d}%n", ProcessHandle.current().pid(), port, count);
    System.out.flush();
  }

  /** Until whoever started us ends our standard input, or dies. */
  static void hold() throws IOException {
    while (System.in.read() >= 0) continue;
    Runtime.getRuntime().halt(0);
  }
}
