// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Line;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The code for gRPC in docs/http-client.md, compiled and run. */
class GrpcSnippetTest {
  @Test
  void snippet() throws Exception {
    TestGrpcServer server = TestGrpcServer.start("a");
    String hk1 = server.channel().authority();
    MethodDescriptor<String, String> method = TestGrpcServer.UNARY;

    // begin
    FailoverGroup<Channel> group =
        FailoverGroup.<Channel>builder("shop")
            .line(
                Line.of(
                    "direct",
                    0,
                    Endpoint.of(
                        "hk1",
                        ManagedChannelBuilder.forTarget(hk1)
                            .usePlaintext()
                            .disableRetry()
                            .build())))
            .build();
    Channel channel = FailoverChannel.of(group); // for any stub
    CallOptions options = CallOptions.DEFAULT.withOption(FailoverChannel.IDEMPOTENT, true);
    String orders = ClientCalls.blockingUnaryCall(channel, method, options, "page 1");
    // end

    assertThat(orders).isEqualTo("a page 1");
    group.close();
    server.closeAll();
  }

  @Test
  void snippet_isThatOfThePage() throws IOException {
    String page = Files.readString(Path.of("../../docs/http-client.md"));
    String source =
        Files.readString(
            Path.of("src/test/java/io/gatewaykit/httpclient/grpc/GrpcSnippetTest.java"));
    String code = source.substring(source.indexOf("// begin\n") + 9, source.indexOf("// end\n"));
    assertThat(page.replaceAll("\\s+", "")).contains(code.replaceAll("\\s+", ""));
  }
}
