// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.internal.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetUriTest {
  @ParameterizedTest
  @CsvSource({
    "http://10.0.0.1:8080, http://shop/a?b=c, http://10.0.0.1:8080/a?b=c",
    "https://10.0.0.1, http://shop, https://10.0.0.1/",
    "https://10.0.0.1/, http://shop:81/a/, https://10.0.0.1/a/",
    "http://[::1]:8080/base, http://shop/a, http://[::1]:8080/base/a",
    "http://h/base/, http://shop/a%2Fb%20c?q=%26#part, http://h/base/a%2Fb%20c?q=%26",
    "http://h, http://shop/?, http://h/?",
    "http://h, http://shop//a, http://h//a",
    "http://user@h:80, http://shop/, http://h:80/",
  })
  void of(URI endpoint, URI request, URI expected) {
    assertThat(TargetUri.of(endpoint, request)).isEqualTo(expected);
  }
}
