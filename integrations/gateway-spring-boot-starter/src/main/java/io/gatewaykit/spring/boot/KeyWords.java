// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.route.Route;
import io.gatewaykit.ratelimit.RequestKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanNotOfRequiredTypeException;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;

/** Translates the keys of limits in properties to functions. */
final class KeyWords {
  static final String PRINCIPAL = "principal";

  /** What a client can omit: the network of the client is used instead, never no limit. */
  private static final String HEADER = "header:";

  private static final String BEAN = "@";
  private static final String EXPECTED =
      "client-address, principal, host, route, all, header:NAME or @BEAN";

  private final BeanFactory beans;

  KeyWords(BeanFactory beans) {
    this.beans = beans;
  }

  /** Returns the function for the words; the network of the client if there are none. */
  Function<GatewayRequest, @Nullable Object> key(String property, List<String> words) {
    if (words.isEmpty()) {
      return RequestKey.network();
    }
    var keys = new ArrayList<Function<GatewayRequest, @Nullable Object>>();
    for (String word : words) {
      keys.add(key(property, word));
    }
    return keys.size() == 1 ? keys.get(0) : all(keys);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array for the variable arguments
  private static Function<GatewayRequest, @Nullable Object> all(
      List<Function<GatewayRequest, @Nullable Object>> keys) {
    return RequestKey.all(keys.toArray(new Function[0]));
  }

  private Function<GatewayRequest, @Nullable Object> key(String property, String word) {
    if (word.startsWith(BEAN)) {
      return bean(property, word);
    }
    if (word.startsWith(HEADER) && word.length() > HEADER.length()) {
      return orNetwork(RequestKey.header(word.substring(HEADER.length())));
    }
    return switch (word) {
      case "client-address" -> RequestKey.network();
      case PRINCIPAL -> orNetwork(RequestKey.principal());
      case "host" -> GatewayRequest::host;
      case "route" -> request -> request.attributes().get(Route.SELECTED);
      case "all" -> RequestKey.global();
      default ->
          throw new GatewayPropertyException(property, word + " (expected: " + EXPECTED + ")");
    };
  }

  private static Function<GatewayRequest, @Nullable Object> orNetwork(
      Function<GatewayRequest, @Nullable Object> key) {
    return RequestKey.first(key, RequestKey.network());
  }

  @SuppressWarnings("unchecked") // the types of the bean's parameters are not known here
  private Function<GatewayRequest, @Nullable Object> bean(String property, String word) {
    try {
      return beans.getBean(word.substring(BEAN.length()), Function.class);
    } catch (NoSuchBeanDefinitionException | BeanNotOfRequiredTypeException e) {
      throw new GatewayPropertyException(
          property, word + " (expected: a bean of type Function<GatewayRequest, Object>)");
    }
  }
}
