import org.codelibs.opensearch.runner.OpenSearchRunner;

/** One OpenSearch node on loopback: PORT FOLDER [SETTING VALUE]… */
public final class OpenSearch {
    public static void main(String[] args) {
        Lifeline.hold(args[0], () -> {
            OpenSearchRunner runner = new OpenSearchRunner();
            runner.onBuild((number, settings) -> {
                settings.put("network.host", "127.0.0.1");
                settings.put("http.port", args[0]);
                settings.put("transport.port", "0");
                for (int i = 2; i + 1 < args.length; i += 2) settings.put(args[i], args[i + 1]);
            });
            runner.build(OpenSearchRunner.newConfigs().basePath(args[1]).numOfNode(1).useLogger());
            return runner;
        });
    }
}
