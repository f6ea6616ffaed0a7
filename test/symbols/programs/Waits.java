import java.net.InetAddress;
import java.net.ServerSocket;

/** Runs a method until it is compiled, then waits in accept(). */
public class Waits {
    static int sum;

    static int reckon(int n) {
        int found = n;
        for (int i = 0; i < 200; i++) found = found * 31 + i;
        return found;
    }

    public static void main(String[] args) throws Exception {
        for (int i = 0; i < 200_000; i++) sum += reckon(i);
        ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        Thread guard = new Thread(() -> {
            try {
                Thread.sleep(120_000);
            } catch (InterruptedException e) {
                return;
            }
            Runtime.getRuntime().halt(1);
        });
        guard.setDaemon(true);
        guard.start();
        System.out.println(ProcessHandle.current().pid());
        listener.accept();
    }
}
