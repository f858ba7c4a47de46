"""The words in which models name the parts of a verdict and their values, in the languages that we have met.

English values are `bot.alerts.classification`'s; what stands here is added for replies of models. Keys and values are
compared without case, accents kept, and every run of other characters as one underscore.
"""

from bot.alerts.classification import Category, Severity

_FIELDS = {
    "severity": """severity severity_level level priority criticality urgency impact_level
        серьезность серьёзность критичность важность уровень приоритет уровень_серьезности уровень_критичности
        schweregrad schwere dringlichkeit priorität stufe gravité gravite sévérité severite niveau criticité priorité
        gravedad severidad criticidad nivel prioridad gravidade severidade criticidade nível prioridade
        严重性 严重程度 级别 严重级别 优先级 嚴重性 重大度 深刻度 重要度 심각도""",
    "category": """category error_category type error_type class classification kind area component_type
        категория тип класс тип_ошибки kategorie fehlerkategorie fehlertyp art catégorie categorie type_d_erreur
        categoría categoria tipo tipo_de_error tipo_de_erro
        类别 分类 类型 错误类型 類別 カテゴリ カテゴリー 分類 범주""",
    "root_cause": """root_cause rootcause cause reason root_cause_analysis probable_cause likely_cause diagnosis
        причина первопричина корневая_причина коренная_причина ursache grundursache hauptursache cause_racine
        cause_principale cause_profonde causa causa_raíz causa_raiz causa_principal 根本原因 原因 根因 根本的原因""",
    "suggested_action": """suggested_action action recommended_action suggestion recommendation fix solution next_step
        next_steps suggested_fix remediation resolution действие рекомендуемое_действие рекомендация
        предлагаемое_действие решение maßnahme empfohlene_maßnahme empfehlung vorgeschlagene_maßnahme lösung
        action_suggérée action_recommandée action_proposée recommandation solution_proposée acción_sugerida acción
        acción_recomendada recomendación solución ação_sugerida ação ação_recomendada recomendação solução
        建议操作 建议措施 建议 建议的操作 解决方案 推奨アクション 推奨される対応 対応 対処""",
    "estimated_fix_time": """estimated_fix_time fix_time estimated_time time_to_fix eta estimate estimated_time_to_fix
        estimated_duration время_исправления оценка_времени ожидаемое_время_исправления примерное_время_исправления
        время_на_исправление geschätzte_zeit geschätzte_behebungszeit behebungszeit zeitaufwand temps_estimé
        temps_de_correction_estimé durée_estimée temps_de_correction tiempo_estimado tiempo_de_corrección
        tiempo_estimado_de_corrección tempo_estimado tempo_de_correção tempo_estimado_de_correção
        预计修复时间 预计时间 修复时间 修正時間 推定修正時間""",
    "confidence": """confidence confidence_score certainty confidence_level уверенность достоверность konfidenz
        sicherheit zuversicht confiance confianza confiança 置信度 信心 确信度 信頼度 確信度""",
    "evidence": """evidence references refs sources proof доказательства свидетельства belege beweise nachweise preuves
        evidencia evidencias evidência evidências 证据 依据 証拠 根拠""",
}

_SEVERITIES = {
    Severity.CRITICAL: """catastrophic showstopper outage disaster sev_0 sev_1 very_high extreme
        критический критическая критическое критично катастрофический фатальный фатальная аварийный блокирующий
        kritisch fatal katastrophal critique bloquant crítico crítica critico critica 严重 致命 紧急 关键 危急 嚴重 緊急
        致命的 重大 クリティカル 치명적""",
    Severity.HIGH: """err serious significant elevated sev_2 высокий высокая высокое высоко серьезный серьёзный
        серьезная ошибка hoch schwerwiegend schwer fehler élevé élevée élevee haute haut grave erreur alto alta elevado
        elevada erro 高 较高 高い 错误 エラー 높음""",
    Severity.MEDIUM: """average med sev_3 средний средняя средне среднее умеренный предупреждение mittel mäßig warnung
        moyen moyenne modéré modérée avertissement medio media moderado moderada advertencia médio média aviso
        中 中等 中级 警告 中程度 보통""",
    Severity.LOW: """negligible cosmetic sev_4 sev_5 низкий низкая низкое низко незначительный niedrig gering faible bas
        basse mineur baja bajo leve baixa baixo 低 较低 轻微 低い 낮음""",
}
"""Beside what `severity_from` knows."""

_CATEGORIES = {
    Category.AUTHENTICATION: """auth authorisation unauthorized unauthorised forbidden credential credentials token jwt
        identity session oauth sso authentication_error access_control access_denied unauthorizedaccessexception
        аутентификация авторизация безопасность доступ authentifizierung autorisierung sicherheit authentification
        autorisation sécurité autenticación autorización seguridad autenticação autorização segurança
        身份验证 认证 鉴权 授权 安全 認証 認可 인증""",
    Category.DATABASE: """databases deadlock lock locking transaction postgres_error data_lock orm mariadb oracle sqlite
        cassandra elasticsearch база_данных базы_данных бд субд datenbank base_de_données base_de_donnees bdd
        base_de_datos banco_de_dados 数据库 資料庫 データベース 데이터베이스""",
    Category.NETWORK: """net network_connectivity connection_refused connectivity certificate handshake
        сеть сетевая сетевой сетевая_ошибка соединение netzwerk verbindung réseau reseau connexion red conexión
        rede conexão 网络 網路 ネットワーク 接続 네트워크""",
    Category.TIMEOUT: """timeouts time_outs deadline_exceeded таймаут тайм_аут время_ожидания zeitüberschreitung
        délai_dépassé délai_d_attente tiempo_de_espera tiempo_agotado tempo_limite tempo_esgotado
        超时 逾時 タイムアウト""",
    Category.VALIDATION: """invalid_data data_format format parse parser deserialization bad_request invalid
        валидация проверка_данных ввод validierung eingabe données_invalides saisie validación entrada validação
        验证 校验 数据验证 驗證 検証 入力""",
    Category.LOGIC: """logical code_error coding code_issue programmatic runtime_error typeerror null_reference
        null_pointer_exception nullpointer nullpointerexception software frontend front_end ui component components
        component_error handler handler_error unhandled unhandled_error unhandled_exception assertion syntax javascript
        логика логическая логическая_ошибка код баг программная logik programmfehler logique bogue programmation
        lógica logica código lógica_de_aplicação 逻辑 代码 程序 邏輯 ロジック コード バグ 논리""",
    Category.EXTERNAL_SERVICE: """external_api external_services third_party_service third_party_api 3rd_party_service
        api_rate_limiting api_rate_limit rate_limit rate_limiting rate_limited quota upstream_service partner saas
        payment payments внешний_сервис внешняя_служба внешний_api сторонний сторонний_сервис externer_dienst
        drittanbieter extern service_externe tiers service_tiers servicio_externo terceros tercero serviço_externo
        terceiros 外部服务 第三方 外部服務 外部サービス サードパーティ 외부_서비스""",
    Category.INFRASTRUCTURE: """kubernetes k8s kubelet container containers docker deployment deploy deployments storage
        file_access file filesystem file_system disk_space memory_limit resource_limit resource_limitation
        resource_exceeded oom out_of_memory cpu hardware hosting cloud cluster node environment env configuration_error
        misconfiguration setup settings pod_eviction инфраструктура инфраструктурная ресурс ресурсы память диск
        конфигурация infrastruktur ressource ressourcen speicher konfiguration ressources mémoire disque infraestructura
        recurso recursos memoria configuración infraestrutura memória configuração 基础设施 基础架构 资源 内存 配置 部署
        基礎設施 インフラ インフラストラクチャ リソース 設定 인프라""",
    Category.UNKNOWN: """undetermined unspecified uncategorized неизвестно неизвестная unbekannt inconnu inconnue
        desconocido desconocida desconhecido desconhecida 未知 不明 알_수_없음""",
}
"""Beside what `category_from` knows."""

_FILLERS = """
    error errors issue issues problem problems failure failures exception exceptions fault related management manager
    the a an of in with and or is was category severity level priority service layer side connectivity exhaustion
    exhausted exceeded limit limits limitation limitations"""
FILLERS = frozenset(_FILLERS.split())
"""Say nothing by themselves beside another word."""
_VAGUE = """
    system systems application app server backend client platform access api data query general misc none other alert
    panic error err slow invalid type format lock transaction token session connection resource resources input
    parsing environment file login misc settings latency runtime code handler component impact normal urgent minor major
    info information important"""
VAGUE = frozenset(_VAGUE.split())
"""Give way where a more telling word stands beside them."""
_NEGATIONS = "not no isn never nicht kein keine pas non нет не 不 非 no_es não"
NEGATIONS = frozenset(_NEGATIONS.split())


def table(words: dict[Severity, str] | dict[Category, str] | dict[str, str]) -> dict[str, str]:
    """Alias → what it means."""
    return {alias: str(name) for name, aliases in words.items() for alias in aliases.split()}


FIELDS, SEVERITIES, CATEGORIES = table(_FIELDS), table(_SEVERITIES), table(_CATEGORIES)
